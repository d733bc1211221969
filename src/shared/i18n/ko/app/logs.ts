import type { logs as en } from '../../en/app/logs'

export const logs: typeof en = {
  label: '로그',
  follow: '따라가기',
  timestamps: '시각 표시',
  wrap: '줄 바꿈',
  clear: '화면 지우기',
  empty: '이 컨테이너는 아직 아무것도 출력하지 않았습니다.',
  ended: '로그가 끝났습니다.',
  truncated: '이전 줄은 표시되지 않습니다.',
  stdout: '표준 출력',
  stderr: '표준 오류',
  lines: '{count}줄 | {count}줄',
  toEnd: '맨 끝으로',
  control: '눈에 보이게 표시한 제어 문자',
  split: '줄이 너무 길어 다음 행에 이어집니다',
}
