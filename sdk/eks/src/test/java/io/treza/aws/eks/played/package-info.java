/** A cluster for tests: a real client and API over HTTP, with controllers, nodes and enclaves played. */
package io.treza.aws.eks.played;
