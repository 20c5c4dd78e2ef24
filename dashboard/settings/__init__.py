"""The configuration, read and checked: the only reader of secrets.toml and of variables."""

from dashboard.settings.loading import load, load_configured, project_folder
from dashboard.settings.location import Location
from dashboard.settings.problems import SettingsError
from dashboard.settings.tokens import Token
from dashboard.settings.urls import parse_url
from dashboard.settings.values import (
    Database,
    Example,
    FailureSettings,
    Mute,
    Settings,
    Thresholds,
)

__all__ = [
    "Database",
    "Example",
    "FailureSettings",
    "Location",
    "Mute",
    "Settings",
    "SettingsError",
    "Thresholds",
    "Token",
    "load",
    "load_configured",
    "parse_url",
    "project_folder",
]
