variable "environment" {
  type = string
}

locals {
  places = {
    # Every system resolves names below localhost to itself: no entry in any name server is needed.
    development = { domain = "localhost", pool = "192.0.2.0/28", gateway = "" }
    staging     = { domain = "staging.homelab.example.test", pool = "198.51.100.0/28", gateway = cidrhost("198.51.100.0/28", 1) }
    production  = { domain = "homelab.example.test", pool = "203.0.113.0/28", gateway = cidrhost("203.0.113.0/28", 1) }
  }
}

resource "terraform_data" "place" {
  input = local.places[var.environment]
}

output "domain" {
  value = terraform_data.place.output.domain
}

output "address_pool" {
  value = terraform_data.place.output.pool
}

output "gateway_address" {
  value = terraform_data.place.output.gateway
}
