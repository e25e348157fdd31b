"""PostgreSQL: engines by role, transactions, tenancy, policies, migration."""
