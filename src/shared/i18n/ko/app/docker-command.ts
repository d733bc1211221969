import type { dockerCommand as en } from '../../en/app/docker-command'

export const dockerCommand: typeof en = {
  label: 'docker 명령',
  paste: '명령 붙여넣기',
  copy: '명령 복사',
  incomplete: '양식에 잘못된 값이 없으면 명령이 나타납니다.',
  show: 'docker run이나 compose로 보기',
  showMany: 'compose 파일로 보기',
  showTitle: '{name}에 해당하는 명령',
  showManyTitle: '컨테이너 {count}개의 compose 파일 | 컨테이너 {count}개의 compose 파일',
  showText: '이미지가 스스로 정하는 값은 생략했습니다.',
  form: '형식',
  run: 'docker run 명령',
  compose: 'Compose 파일',
  save: '파일로 저장',
  copyFile: '파일 내용 복사',
  reading: '설정을 읽는 중…',
  notWritten: '다음 설정은 나타낼 방법이 없어 생략했습니다:',
  otherShell: '{shell}용 명령으로 보기',
}
