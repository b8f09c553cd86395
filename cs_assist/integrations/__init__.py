"""One file per helpdesk or channel."""
