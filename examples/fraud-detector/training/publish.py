"""Hands the trained models to the platform."""

import subprocess


def publish(folder: str) -> None:
    subprocess.run(["echo", "publishing", folder], check=True)
