DROP TABLE {partition};
