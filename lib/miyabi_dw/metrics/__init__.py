"""What a number means, defined once under sql/metrics: label, unit, format, and how it is computed of which rows.

    metric = load("lead_time")
    question = ask(metric, Grain.parse("month", metric), first, last, today, by=["repository"])
    figures = answer(connection, question).figures

Label, unit and format need no database and nothing heavy: `metrics.definitions`, `metrics.format`.
"""
