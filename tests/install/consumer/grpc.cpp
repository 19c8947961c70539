// A service of gRPC's, made of the component grpc.
#include <grpcpp/grpcpp.h>
#include <wideline/grpc.hpp>
#include <wideline/wideline.hpp>

namespace wl = wideline;

int main() {
    grpc::ServerBuilder builder;
    builder.experimental().SetInterceptorCreators(wl::grpc::server_interceptors(true));
    const auto channel = grpc::experimental::CreateCustomChannelWithInterceptors(
        "127.0.0.1:1", grpc::InsecureChannelCredentials(), {}, wl::grpc::client_interceptors());
    return channel != nullptr ? 0 : 1;
}
