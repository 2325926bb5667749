"""Great Expectations as far as gates need it: what expectations mean, their metrics, and the engine for SQL.

`import great_expectations` also makes its data contexts, its sources (Spark, pandas, clouds), statistics and charts:
two thirds of the seconds that it takes. Here they wait until somebody uses them, in a notebook for one.
"""

from importlib.metadata import version

from miyabi_dw.common.deferred import deferred

CONTEXTS = ("great_expectations", "great_expectations.data_context", "great_expectations.data_context.data_context")

with deferred("scipy.stats", "altair", hollow=CONTEXTS):
    import great_expectations

    vars(great_expectations).setdefault("__version__", version("great_expectations"))
    import great_expectations.core  # first: its modules import each other, and this order works
    from great_expectations.exceptions.exceptions import GreatExpectationsError
    from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData
    from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
    from great_expectations.expectations.expectation import Expectation
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.registry import get_expectation_impl
    from great_expectations.validator.metric_configuration import MetricConfiguration
    from great_expectations.validator.metrics_calculator import MetricsCalculator
    from great_expectations.validator.validation_graph import ValidationGraph

__all__ = [
    "Expectation", "ExpectationConfiguration", "GreatExpectationsError", "MetricConfiguration", "MetricsCalculator",
    "SqlAlchemyBatchData", "SqlAlchemyExecutionEngine", "ValidationGraph", "get_expectation_impl",
]  # fmt: skip
