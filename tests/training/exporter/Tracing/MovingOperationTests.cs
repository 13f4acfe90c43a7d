using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Tracing;

public sealed class MovingOperationTests
{
    // Of tensors [batch, 3, 4].
    private static readonly Dictionary<string, Func<Tensor, Tensor[]>> s_operations = new()
    {
        ["flip"] = x => [x.flip(1), x.flip(0, -1), x.fliplr(), x.flipud(), flip(x, 2)],
        ["rot90"] = x => [x.rot90(), x.rot90(2, (1, 2)), x.rot90(-1, (2, 1)), x.rot90(4), rot90(x, 3)],
        ["roll"] = x => [x.roll(1, 1), x.roll(-2, 0), x.roll((1L, -1L), (1L, 2L)), x.roll(5), x.roll(x.shape[0], 0)],
        ["repeat_interleave"] = x => [x.repeat_interleave(2, 1), x.repeat_interleave(3, 0), x[0].repeat_interleave(2)],
        ["repeat"] = x => [x.repeat([2, 1, 3]), x.repeat([2, 1, 1, 1]), x.tile(new long[] { 2 })],
        ["unfold"] = x => [x.unfold(2, 2, 1), x.unfold(1, 2, 2), x.unfold(0, 1, 2)],
        ["meshgrid"] = x => [.. meshgrid([x[.., 0, 0], x[0, 0]]), .. meshgrid([x[.., 0, 0], x[0, 0], x[0, .., 0]], "xy")],
        ["broadcast_tensors"] = x => [.. broadcast_tensors(x, x[0], x[.., 1..2]), x[.., ..1].expand_as(x), x[0].broadcast_to(x.shape)],
        ["diff"] = x => [x.diff(), x.diff(1, 1), x.diff(1, 2, x[.., .., ..1], x)],
        ["cat of types"] = x => [cat([x, x.to(ScalarType.Float64)], 1), cat([x, (x > 0)], -1), stack([x, x], 1), hstack([x, x]), vstack([x, x]), dstack([x, x]), hstack(x[0, 0], x[0, 0]), column_stack([x[0, 0], x[0, 0]]), vstack([x[0, 0], x[0]])],
        ["permute"] = x => [x.permute(2, 0, 1), x.mT, x.transpose(0, -1), x.movedim([0], [2]), x.swapaxes(1, 2), x[0].T, x[0].t()],
        ["split"] = x => [.. x.split(2, 2), .. x.split([1, 2], 1), .. x.chunk(2, 2), .. x.unbind(1), .. x.tensor_split(3, 2), .. x.hsplit(3), .. x.dsplit(2)],
        ["conversions"] = x => [x.@long(), x.@float(), x.@double(), x.@bool(), x.@int(), x.to(ScalarType.Byte), x.to(x.@double()), x.type(ScalarType.Float32), x.to_type(ScalarType.Int16)],
        ["zeros"] = x => [zeros(x.shape[0], 3), zeros(x.shape, dtype: x.dtype), zeros_like(x), x.new_zeros(x.shape[0], 2) + 1, zeros(2, x.shape[0] + 1, ScalarType.Bool)],
        ["ones"] = x => [ones(x.shape[0], 3), ones_like(x), x.new_ones(x.shape[0], 2), ones_like(x, ScalarType.Float64)],
        ["full"] = x => [full(x.shape[0], 3, 2.5), full_like(x, 3), x.new_full(x.shape[0], 2, 2), full(x.shape[0], 2, x.shape[0])],
        ["empty"] = x => [empty(x.shape[0], 3).fill_(2), empty_like(x).copy_(x), x.clone().zero_()],
        ["arange"] = x => [arange(x.shape[0]), arange(1, x.shape[0] + 1), arange(0, 2 * x.shape[0], 2, ScalarType.Float32), arange(0.5, 4.5), x + arange(x.shape[0]).view(-1, 1, 1)],
        ["linspace"] = x => [linspace(-1, 1, x.shape[0]), linspace(0, 5, x.shape[0] + 3, ScalarType.Float64)],
        ["eye"] = x => [eye(x.shape[0]), eye(x.shape[0], 4, ScalarType.Int64), eye(3)],
        ["tril_indices"] = x => [tril_indices(3, 4), x[.., TensorIndex.Tensor(tril_indices(3, 4)[0]), TensorIndex.Tensor(tril_indices(3, 4)[1])]],
        ["sizes as numbers"] = x => [x * x.shape[0], x.sum(0) / x.shape[0], x - x.size(0), x.clamp(0, x.shape[0]), x > x.shape[0] - 2],
    };

    public static TheoryData<string> Operations => [.. s_operations.Keys];

    [Theory]
    [MemberData(nameof(Operations))]
    public void An_operation_gives_the_same(string name)
    {
        using IDisposable scope = NewDisposeScope();
        foreach (ScalarType type in new[] { ScalarType.Float32, ScalarType.Float64, ScalarType.Int64, ScalarType.Int32 })
            TraceAssert.Right(new LambdaMany(s_operations[name]), (arange(1, 25).remainder(7) + 1).reshape(2, 3, 4).to(type));
    }
}
