/** Versions of the image that Flyte publishes for its Python tasks: those of the Python webhook that this one matches. */
const PYTHON_VERSION = "3.12";
const FLYTE_VERSION = "2.12.1";

/** Python's `major.minor` for images that name none. */
export const DEFAULT_PYTHON_VERSION = PYTHON_VERSION;

/** The published image for a Python (`major.minor`) and a Flyte version. */
export function flyteImage(python = PYTHON_VERSION, flyte = FLYTE_VERSION): string {
  return `ghcr.io/flyteorg/flyte:py${python}-v${flyte}`;
}

/** What a task run by Flyte's entry point says of its runtime. */
export const FLYTE_RUNTIME_VERSION = FLYTE_VERSION;
