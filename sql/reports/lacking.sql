-- What the facts have of those things that a source may never tell.
SELECT
    EXISTS (SELECT 1 FROM fact_issue_processing AS fact WHERE fact.review_score IS NOT NULL) AS reviews,
    EXISTS (SELECT 1 FROM fact_deployment AS fact WHERE fact.deployment_duration_seconds IS NOT NULL) AS durations,
    EXISTS (SELECT 1 FROM fact_deployment AS fact WHERE fact.infrastructure_cost_usd IS NOT NULL) AS costs,
    EXISTS (SELECT 1 FROM fact_deployment AS fact WHERE fact.deployment_status = 'FAILED') AS failures;
