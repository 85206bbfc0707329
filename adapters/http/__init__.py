"""The use cases over HTTP, with Litestar."""
