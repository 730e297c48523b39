from .graph import build as build, build_from as build_from
