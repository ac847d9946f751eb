# What the place decides, before anything is deployed on it. Only built-in resources: no provider is fetched, so this
# root runs on any machine. Exchange a module for one that makes machines, and keep its outputs.
terraform {
  # Fairlead names the state by project, environment and component, and keeps it in the target cluster.
  backend "kubernetes" {}
}

variable "environment" {
  type        = string
  description = "Which of the three environments this place is for."

  validation {
    condition     = contains(["development", "staging", "production"], var.environment)
    error_message = "The environment must be development, staging or production."
  }
}

module "cluster" {
  source      = "./modules/k3s-cluster"
  environment = var.environment
}

module "networking" {
  source      = "./modules/networking"
  environment = var.environment
}

module "security" {
  source      = "./modules/security"
  environment = var.environment
}

module "storage" {
  source      = "./modules/storage"
  environment = var.environment
}

output "domain" {
  description = "Below this name the applications are reached."
  value       = module.networking.domain
}

output "address_pool" {
  description = "Addresses that the place gives to load balancers, as CIDR."
  value       = module.networking.address_pool
}

output "gateway_address" {
  description = "The first address of the pool; empty where the gateway listens on the node itself."
  value       = module.networking.gateway_address
}

output "gateway_replicas" {
  description = "One gateway for each node that takes traffic."
  value       = module.cluster.servers + module.cluster.agents
}

output "contact" {
  description = "Whom the certificate authority writes to."
  value       = module.security.contact
}

output "cache_password" {
  description = "The password of the cache: made once, kept in the state."
  value       = module.security.cache_password
  sensitive   = true
}

output "cache_password_digest" {
  description = "SHA-256 of the password: shows whether it changed without showing it."
  value       = module.security.cache_password_digest
}

output "cache_volume" {
  description = "The size of the cache's volume."
  value       = module.storage.cache_volume
}

output "metrics_volume" {
  description = "The size of the volume for metrics."
  value       = module.storage.metrics_volume
}
