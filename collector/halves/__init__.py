"""The two halves of a collector: what takes and keeps, and what delivers and answers. A process is one or both."""
