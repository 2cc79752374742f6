"""Words of messages as they leave."""

from companion.compose.batch import composer

__all__ = ["composer"]
