/** Name of the module below, and of its environment and task: as Python's own prefetch names them. */
export const PREFETCH_MODULE = "flyte_webhook_prefetch";
export const PREFETCH_ENVIRONMENT = "prefetch-hf-model";
export const PREFETCH_FUNCTION = "store_hf_model_task";
/** The task by which a run is known to be a prefetch. */
export const PREFETCH_TASK = `${PREFETCH_ENVIRONMENT}.${PREFETCH_FUNCTION}`;
