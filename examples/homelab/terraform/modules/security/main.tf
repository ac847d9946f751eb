variable "environment" {
  type = string
}

# Made at the first apply and never again: the state is the only place that knows it.
resource "terraform_data" "cache_password" {
  input = sha256("${var.environment} ${uuid()} ${uuid()}")

  lifecycle {
    ignore_changes = [input]
  }
}

output "contact" {
  value = "${var.environment}@homelab.example.test"
}

output "cache_password" {
  value     = terraform_data.cache_password.output
  sensitive = true
}

output "cache_password_digest" {
  value = nonsensitive(sha256(terraform_data.cache_password.output))
}
