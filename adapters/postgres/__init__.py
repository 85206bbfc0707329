"""The tasks in PostgreSQL: SQLAlchemy Core describes, psycopg executes."""
