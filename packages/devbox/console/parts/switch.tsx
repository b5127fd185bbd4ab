export function Switch({ label, on, onToggle }: { label: string; on: boolean; onToggle: () => void }) {
  return (
    <button type="button" role="switch" class="switch" aria-checked={on} aria-label={label} onClick={onToggle}>
      <span aria-hidden="true" />
    </button>
  );
}
