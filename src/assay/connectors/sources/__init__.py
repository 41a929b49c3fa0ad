"""What sources hold outside of files: tables of PostgreSQL, objects in S3."""
