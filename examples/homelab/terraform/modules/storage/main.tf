variable "environment" {
  type = string
}

locals {
  volumes = {
    development = { cache = "64Mi", metrics = "512Mi" }
    staging     = { cache = "1Gi", metrics = "5Gi" }
    production  = { cache = "8Gi", metrics = "50Gi" }
  }
}

resource "terraform_data" "volumes" {
  input = local.volumes[var.environment]
}

output "cache_volume" {
  value = terraform_data.volumes.output.cache
}

output "metrics_volume" {
  value = terraform_data.volumes.output.metrics
}
