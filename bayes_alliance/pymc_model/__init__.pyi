from .graph import build as build, build_from as build_from
from .starting import start_of as start_of
