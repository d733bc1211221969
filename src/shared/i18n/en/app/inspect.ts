export const inspect = {
  label: 'Inspect output',
  refresh: 'Refresh',
  copy: 'Copy JSON',
  search: 'Search the JSON',
  hits: '{current} of {count}',
  noHits: 'no matches',
  next: 'Next match',
}
