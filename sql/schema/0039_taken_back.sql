COMMENT ON COLUMN fact_deployment.release_status IS
'How the release ended: FAILED or ROLLED_BACK if any of its rows did, else SUCCESS if any did, else PARTIAL. Rolled back for some issues it has brought the others. Null without a release.';
