import type { diagnostics as en } from '../../en/app/diagnostics'

export const diagnostics: typeof en = {
  run: '다시 실행',
  running: '{all}개 중 {done}개 검사 완료 …',
  summary: {
    ok: '모든 검사를 통과했습니다',
    skipped:
      '문제가 없습니다. 검사 {count}개는 건너뛰었습니다 | 문제가 없습니다. 검사 {count}개는 건너뛰었습니다',
    warning: '경고 {count}개 | 경고 {count}개',
    failed: '문제 {count}개를 찾았습니다 | 문제 {count}개를 찾았습니다',
  },
  status: { ok: '통과', warning: '경고', failed: '실패', skipped: '검사하지 않음', checking: '검사 중' },
  list: '검사 항목',
  fix: {
    'start-machine': '머신 시작',
    'restart-machine': '머신 다시 시작',
    'set-clock': '시계 맞추기',
    'fetch-image': '다시 내려받기',
    'use-other-image': '온전한 이미지로 시작',
    'serve-dns': '다시 설정',
    'create-context': '컨텍스트 만들기',
    'use-context': '현재 컨텍스트로 지정',
    'replace-credential-store': '바꾸기',
    'open-disk': '디스크 보기',
    'open-settings': '설정 보기',
    'open-ports': '포트 보기',
    'open-repair': '복구 …',
  },
  fixed: '완료: {action}',
  bundle: '지원 파일 저장',
  bundleText:
    '로그, 버전, 설정, 진단 결과를 파일 하나에 담습니다. 비밀번호, 키, 환경 변수 값은 들어가지 않습니다',
  bundleSaved: '지원 파일을 저장했습니다',
  restartTitle: '머신을 다시 시작할까요?',
  restartText: '실행 중인 컨테이너도 모두 함께 중지됩니다.',
}
