"""Reading articles from files: one module a kind of file, each handing over what it found, unchecked."""
