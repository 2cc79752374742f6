"""WSGI entry: `gunicorn app:app`."""

from companion.web import create_app

app = create_app()
