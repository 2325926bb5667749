"""How the installation is, examined when it is asked: findings for the monitor, the morning report, the top page."""
