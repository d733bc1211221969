import type { inspect as en } from '../../en/app/inspect'

export const inspect: typeof en = {
  label: '상세 정보 출력',
  refresh: '새로 고침',
  copy: 'JSON 복사',
  search: 'JSON에서 검색',
  hits: '{count}개 중 {current}번째',
  noHits: '결과 없음',
  next: '다음 결과',
  previous: '이전 결과',
  copySelected: { path: '경로 복사', value: '값 복사' },
  path: '선택한 줄의 경로',
  foldAll: '모두 접기',
  unfoldAll: '모두 펼치기',
}
