SELECT ops.take_fact_marks();
