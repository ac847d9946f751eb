{{- define "web.label" -}}
app: {{ .Release.Name }}
{{- end }}
{{- define "web.deep" -}}
{{ .Values.nothing.at.all }}
{{- end }}
