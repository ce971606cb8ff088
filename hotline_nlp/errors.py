"""Every error that the library raises on purpose.

HotlineError
├── InputError            a text, table or option that can't be used          (also a ValueError)
│   ├── ColumnError       a table lacks a column or has it twice
│   └── FileFormatError   a file can't be read as what its name says
├── ModelError            a model folder that can't be used
│   ├── ModelNotFound     no model at that name or path                       (also a FileNotFoundError)
│   ├── ModelCorrupt      truncated, tampered with or foreign
│   └── ModelTooNew       written by a newer version of the library
├── PackError             a city pack that breaks its schema
├── ServiceError          the service can't start, or its store can't be used
├── TrainingError         labelled data that no model can be trained on
└── MissingExtra          an optional dependency is not installed             (also an ImportError)

Each carries one sentence that says what was wrong and what to do; the command line prints that alone.
"""

from __future__ import annotations


class HotlineError(Exception):
    """Base of all errors that the library raises on purpose."""


class InputError(HotlineError, ValueError):
    """A text, table or option that can't be used."""


class ColumnError(InputError):
    """A table lacks a column that was asked for, or has it twice."""


class FileFormatError(InputError):
    """A file can't be read as what its name says."""


class ModelError(HotlineError):
    """A model folder that can't be used."""


class ModelNotFound(ModelError, FileNotFoundError):
    """No model at that name or path."""


class ModelCorrupt(ModelError):
    """A model that is truncated, tampered with or not one of ours."""


class ModelTooNew(ModelError):
    """A model written by a newer version of the library."""


class PackError(HotlineError):
    """A city pack that breaks its schema."""


class TrainingError(HotlineError):
    """Labelled data that no model can be trained on."""


class ServiceError(HotlineError):
    """The service can't start, or its store can't be used."""


class MissingExtra(HotlineError, ImportError):
    """An optional dependency is not installed."""
