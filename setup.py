"""What pyproject.toml cannot say: a wheel carries notebooks, suites and SQL, which a checkout keeps at its top."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

CARRIED = (
    "notebooks/*/*.ipynb", "notebooks/*/*.py", "notebooks/*/*.toml", "expectations/*/*.yml", "sql/**/*.*", "docs/*.md",
    "miyabi.toml.example", ".env.example",
)  # fmt: skip


class WithProject(build_py):
    """Copies them beside the package's modules, where common/paths.py finds them."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for source in (path for pattern in CARRIED for path in sorted(Path().glob(pattern)) if path.is_file()):
                target = Path(self.build_lib, "miyabi_dw", "_project", source)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)


setup(cmdclass={"build_py": WithProject})
