terraform {
  backend "kubernetes" {}
}

variable "environment" {
  type        = string
  description = "The environment that this place is for."
}

resource "terraform_data" "place" {
  input = "${var.environment}.example.test"
}

output "host" {
  description = "Under which name the gateway is reached."
  value       = terraform_data.place.output
}
