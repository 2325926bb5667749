COMMENT ON COLUMN fact_deployment.release_status IS
'How the release ended: FAILED or ROLLED_BACK if any of its rows did, else SUCCESS if any did, else PARTIAL. A release that was rolled back for some of its issues has brought the others. Null without a release.';
