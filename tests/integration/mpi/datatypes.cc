// Derived datatypes: what they select arrives, and the gaps between stay as they were.
#include <algorithm>

#include "tests/integration/mpi/common/program.h"

namespace {

using namespace ucx_crypto::mpi_test;

constexpr std::byte kUntouched{0xA5};

struct Block {
    std::size_t offset;
    std::size_t length;
};

/// A committed datatype, and beside it what it means: the bytes it selects, in its order.
struct Layout {
    std::string name;
    MPI_Datatype type = MPI_DATATYPE_NULL;
    std::size_t extent = 0;
    std::vector<Block> blocks;
};

Layout committed(Layout layout) {
    MPI_Type_commit(&layout.type);
    return layout;
}

Layout vector_of(std::size_t blocks, std::size_t length, std::size_t stride) {
    Layout layout{"vector", MPI_DATATYPE_NULL, (blocks - 1) * stride + length, {}};
    MPI_Type_vector(as_int(blocks), as_int(length), as_int(stride), MPI_BYTE, &layout.type);
    for (std::size_t i = 0; i < blocks; ++i) {
        layout.blocks.push_back({i * stride, length});
    }
    return committed(layout);
}

/// Columns: a vector whose extent is shortened, so that consecutive elements interleave.
Layout resized_column(std::size_t rows, std::size_t columns) {
    Layout layout{"resized vector", MPI_DATATYPE_NULL, 1, {}};
    MPI_Datatype column = MPI_DATATYPE_NULL;
    MPI_Type_vector(as_int(rows), 1, as_int(columns), MPI_BYTE, &column);
    MPI_Type_create_resized(column, 0, 1, &layout.type);
    MPI_Type_free(&column);
    for (std::size_t row = 0; row < rows; ++row) {
        layout.blocks.push_back({row * columns, 1});
    }
    return committed(layout);
}

/// Blocks of different lengths, in an order that is not that of their addresses.
Layout indexed(std::size_t blocks) {
    Layout layout{"indexed", MPI_DATATYPE_NULL, 0, {}};
    std::vector<int> lengths;
    std::vector<int> displacements;
    for (std::size_t i = 0; i < blocks; ++i) {
        const std::size_t place = i ^ 1;
        const Block block{place * 50, 1 + i % 37};
        layout.blocks.push_back(block);
        lengths.push_back(as_int(block.length));
        displacements.push_back(as_int(block.offset));
        layout.extent = std::max(layout.extent, block.offset + block.length);
    }
    MPI_Type_indexed(as_int(blocks), lengths.data(), displacements.data(), MPI_BYTE, &layout.type);
    return committed(layout);
}

struct Record {
    char letter;
    double real;
    std::int32_t number;
    std::int16_t pair[2];
};

Layout structure() {
    Layout layout{"struct", MPI_DATATYPE_NULL, sizeof(Record), {}};
    const int lengths[] = {1, 1, 1, 2};
    const MPI_Aint displacements[] = {offsetof(Record, letter), offsetof(Record, real),
                                      offsetof(Record, number), offsetof(Record, pair)};
    const MPI_Datatype types[] = {MPI_CHAR, MPI_DOUBLE, MPI_INT32_T, MPI_INT16_T};
    MPI_Datatype plain = MPI_DATATYPE_NULL;
    MPI_Type_create_struct(4, lengths, displacements, types, &plain);
    MPI_Type_create_resized(plain, 0, sizeof(Record), &layout.type);
    MPI_Type_free(&plain);
    layout.blocks = {{offsetof(Record, letter), 1},
                     {offsetof(Record, real), 8},
                     {offsetof(Record, number), 4},
                     {offsetof(Record, pair), 4}};
    return committed(layout);
}

/// The inner box of a three-dimensional array.
Layout subarray() {
    const int whole[] = {20, 30, 40};
    const int part[] = {10, 20, 15};
    const int start[] = {5, 3, 11};
    Layout layout{"subarray", MPI_DATATYPE_NULL, std::size_t{20} * 30 * 40, {}};
    MPI_Type_create_subarray(3, whole, part, start, MPI_ORDER_C, MPI_BYTE, &layout.type);
    for (std::size_t x = 5; x < 15; ++x) {
        for (std::size_t y = 3; y < 23; ++y) {
            layout.blocks.push_back({(x * 30 + y) * 40 + 11, 15});
        }
    }
    return committed(layout);
}

std::size_t buffer_size(const Layout& layout, std::size_t count) {
    std::size_t end = 0;
    for (const Block& block : layout.blocks) {
        end = std::max(end, block.offset + block.length);
    }
    return (count - 1) * layout.extent + end + 16;
}

/// Calls `visit(offset, length)` for what `count` elements select, in order.
template <typename Visit>
void for_each_block(const Layout& layout, std::size_t count, Visit visit) {
    for (std::size_t i = 0; i < count; ++i) {
        for (const Block& block : layout.blocks) {
            visit(i * layout.extent + block.offset, block.length);
        }
    }
}

void expect_bytes(Program& program, const std::vector<std::byte>& found,
                  const std::vector<std::byte>& expected, const std::string& what) {
    const auto differs = std::mismatch(found.begin(), found.end(), expected.begin());
    program.expect(differs.first == found.end(),
                   what + ": first wrong byte at " + std::to_string(differs.first - found.begin()));
    program.digest().add(found);
}

void exchange(Program& program, const Layout& layout, std::size_t count) {
    const int next = program.neighbour(1);
    const int previous = program.neighbour(-1);
    const std::size_t size = buffer_size(layout, count);
    const std::uint64_t serial = program.next_serial();
    const auto sent = pattern({serial, stream(program.rank(), next)}, size);
    const auto origin = pattern({serial, stream(previous, program.rank())}, size);
    const std::string what = layout.name + " x " + std::to_string(count);

    std::vector<std::byte> in_place(size, kUntouched);
    std::vector<std::byte> packed;
    for_each_block(layout, count, [&](std::size_t offset, std::size_t length) {
        const auto from = origin.begin() + static_cast<std::ptrdiff_t>(offset);
        const auto to = from + static_cast<std::ptrdiff_t>(length);
        std::copy(from, to, in_place.begin() + static_cast<std::ptrdiff_t>(offset));
        packed.insert(packed.end(), from, to);
    });

    std::vector<std::byte> received(size, kUntouched);
    MPI_Sendrecv(sent.data(), as_int(count), layout.type, next, 1, received.data(), as_int(count),
                 layout.type, previous, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    expect_bytes(program, received, in_place, what + ", sent and received");

    std::vector<std::byte> flat(packed.size(), kUntouched);
    MPI_Sendrecv(sent.data(), as_int(count), layout.type, next, 2, flat.data(), as_int(flat.size()),
                 MPI_PACKED, previous, 2, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    expect_bytes(program, flat, packed, what + ", received packed");

    std::vector<std::byte> outgoing(packed.size());
    int position = 0;
    MPI_Pack(sent.data(), as_int(count), layout.type, outgoing.data(), as_int(outgoing.size()),
             &position, MPI_COMM_WORLD);
    std::fill(received.begin(), received.end(), kUntouched);
    MPI_Sendrecv(outgoing.data(), position, MPI_PACKED, next, 3, received.data(), as_int(count),
                 layout.type, previous, 3, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    expect_bytes(program, received, in_place, what + ", sent packed");

    // As an unexpected message, and by a collective.
    MPI_Request request;
    MPI_Isend(sent.data(), as_int(count), layout.type, next, 4, MPI_COMM_WORLD, &request);
    MPI_Barrier(MPI_COMM_WORLD);
    std::fill(received.begin(), received.end(), kUntouched);
    MPI_Recv(received.data(), as_int(count), layout.type, previous, 4, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    expect_bytes(program, received, in_place, what + ", unexpected");

    const auto of_root = pattern({serial, stream(0, 0)}, size);
    std::vector<std::byte> data = of_root;
    std::vector<std::byte> expected = of_root;
    if (program.rank() != 0) {
        std::fill(data.begin(), data.end(), kUntouched);
        std::fill(expected.begin(), expected.end(), kUntouched);
        for_each_block(layout, count, [&](std::size_t offset, std::size_t length) {
            std::copy_n(of_root.begin() + static_cast<std::ptrdiff_t>(offset), length,
                        expected.begin() + static_cast<std::ptrdiff_t>(offset));
        });
    }
    MPI_Bcast(data.data(), as_int(count), layout.type, 0, MPI_COMM_WORLD);
    expect_bytes(program, data, expected, what + ", bcast");
}

}  // namespace

int main(int argc, char** argv) {
    Program program(argc, argv,
                    {.name = "datatypes", .purpose = "Derived datatypes of several shapes."});
    std::vector<Layout> layouts = {vector_of(10, 3, 7),
                                   vector_of(5000, 16, 40),
                                   vector_of(3, 70000, 80000),
                                   resized_column(64, 100),
                                   resized_column(5000, 8),
                                   indexed(6),
                                   indexed(4000),
                                   structure(),
                                   subarray()};
    for (Layout& layout : layouts) {
        for (const std::size_t count : {1, 2, 7}) {
            exchange(program, layout, count);
        }
        if (layout.name == "struct") {
            exchange(program, layout, 20000);
        }
        MPI_Type_free(&layout.type);
    }
    return program.finish();
}
