"""Projections: codes of many dimensions laid out on a map of two.

    project(model.latents.z_mean, ProjectionSpec(method="pca")).coords    (n, 2)

``methods`` computes, ``quality`` says how far the map can be believed, ``placing`` puts further codes
on it, ``store`` keeps it. Importing this is cheap; t-SNE and UMAP load their libraries when they run.
"""

from vae_core.maps.projections.methods import check_setting, project
from vae_core.maps.projections.projection import Projection
from vae_core.maps.projections.quality import Quality, quality_of
from vae_core.maps.projections.spec import ProjectionSpec

__all__ = ["Projection", "ProjectionSpec", "Quality", "check_setting", "project", "quality_of"]
