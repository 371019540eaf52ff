"""Places as data packages know them; imported only when tables are to be made (see `letrics.prepared`)."""
