variable "environment" {
  type = string
}

locals {
  sizes = {
    development = { servers = 1, agents = 0 }
    staging     = { servers = 1, agents = 1 }
    production  = { servers = 3, agents = 0 }
  }
}

# Stands for the machines: a plan shows how many there will be before they are ordered.
resource "terraform_data" "machines" {
  input = local.sizes[var.environment]
}

output "servers" {
  value = terraform_data.machines.output.servers
}

output "agents" {
  value = terraform_data.machines.output.agents
}
