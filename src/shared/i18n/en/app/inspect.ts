export const inspect = {
  label: 'Inspect output',
  refresh: 'Refresh',
  copy: 'Copy JSON',
  search: 'Search the JSON',
  hits: '{current} of {count}',
  noHits: 'no matches',
  next: 'Next match',
  previous: 'Previous match',
  copySelected: { path: 'Copy path', value: 'Copy value' },
  path: 'Path of the selected line',
  foldAll: 'Fold all',
  unfoldAll: 'Unfold all',
}
