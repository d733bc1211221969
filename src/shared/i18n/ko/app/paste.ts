import type { paste as en } from '../../en/app/paste'

export const paste: typeof en = {
  text: 'docker run이나 docker create 명령 또는 compose 파일을 붙여넣으세요. Berth가 양식을 채우며, 아직 아무것도 실행하지 않습니다.',
  field: '명령 또는 compose 파일',
  placeholder: 'docker run -d -p 8080:80 nginx',
  submit: '양식 채우기',
  replaces: '양식에 입력한 내용을 대신합니다.',
  service: '서비스',
  folder: '폴더',
  folderHelp: '상대 경로와 $(pwd)는 이 폴더를 뜻합니다.',
  folderProblem: '폴더를 전체 경로로 지정하세요.',
  notTaken: '옮기지 못한 항목:',
  variables: '다음 값은 셸만 알고 있어 적힌 그대로 양식에 옮깁니다:',
  ready: '모든 내용을 양식에 옮길 수 있습니다.',
  problems: {
    empty: '먼저 명령을 붙여넣으세요.',
    notRun: 'docker run이나 docker create 명령이 아닙니다: {subject}',
    unclosedQuote: '따옴표가 닫히지 않았습니다.',
    unknownFlag: 'docker run에 없는 옵션입니다: {subject}',
    missingValue: '값이 필요합니다: {subject}',
    wrongValue: 'Docker가 받아들이지 않는 값입니다: {subject}',
    missingImage: '이미지 이름이 없습니다.',
    wrongYaml: '올바른 YAML이 아닙니다: {subject}',
    noService: '이 파일에는 이미지가 있는 서비스가 없습니다.',
    onlyBuild: '{subject} 서비스는 이미지를 빌드합니다. 먼저 빌드한 뒤 그 이미지를 여기에 입력하세요.',
  },
}
