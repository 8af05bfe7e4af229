"""From events to records: one atomic join in the store. Records and their keys are described in `app/records/`."""
