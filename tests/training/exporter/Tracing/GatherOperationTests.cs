using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Tracing;

public sealed class GatherOperationTests
{
    private static readonly long[] s_places = [2, 0, 1, 1];

    // Of tensors [batch, 3, 4].
    private static readonly Dictionary<string, Func<Tensor, Tensor[]>> s_operations = new()
    {
        ["gather"] = x => [x.gather(1, x.to(ScalarType.Int64).remainder(3)), gather(x, 2, (x.to(ScalarType.Int64).remainder(4))[.., ..2, ..3])],
        ["index_select"] = x => [x.index_select(1, tensor(s_places)), x.index_select(-1, tensor(3)), x.index_select(0, tensor(new[] { 1, 0 }))],
        ["take"] = x => [x.take(tensor(new long[,] { { 0, 5 }, { 7, 11 } }))],
        ["take_along_dim"] = x => [x.take_along_dim(x.argmax(1, keepdim: true), 1), x.take_along_dim(tensor(s_places).reshape(1, 1, 4), 1), x.take_along_dim(tensor(s_places))],
        ["scatter"] = x => [x.scatter(1, tensor(s_places).reshape(1, 1, 4).expand(x.shape[0], 1, 4), x * 2), zeros_like(x).scatter_(2, x.argsort(2, false), x)],
        ["scatter_add"] = x => [x.scatter_add(1, tensor(s_places).reshape(1, 1, 4).expand(x.shape[0], 3, 4), x), (x + 1).scatter_add_(0, zeros_like(x, ScalarType.Int64), x)],
        ["index_add"] = x => [x.index_add(2, tensor(new long[] { 0, 0, 3 }), x[.., .., 1..], 2), (x * 1).index_add_(1, tensor(0L), x[.., ..1], 1)],
        ["index_copy"] = x => [x.index_copy(2, tensor(new long[] { 0, 3 }), x[.., .., 1..3])],
        ["index_fill"] = x => [x.index_fill(2, tensor(new long[] { 0, 3 }), 7), (x * 1).index_fill_(1, tensor(1L), 1)],
        ["bucketize"] = x => [x.bucketize(tensor(new long[] { -2, 0, 3 }).to(x.dtype)), bucketize(x, tensor(new long[] { -2, 0, 3 }).to(x.dtype), outInt32: true, right: true)],
        ["searchsorted"] = x => [searchsorted(x.sort(2).Values, x), searchsorted(x.sort(2).Values, x, right: true), searchsorted(tensor(new long[] { -2, 0, 3 }).to(x.dtype), 1)],
        ["masked_scatter"] = x => [x.masked_scatter(x > 0, x * 3)],
        ["one place of all"] = x => [x[.., At(1)], x[0, At(2)]],
        ["places"] = x => [x[At(1, 0, 1)], x[.., At(s_places)], x[.., .., TensorIndex.Tensor(tensor(new long[,] { { 0, -1 }, { 2, 3 } }))]],
        ["places side by side"] = x => [x[At(0, 1), At(2, 0)], x[.., At(2, 0), TensorIndex.Tensor(tensor(new long[,] { { 3 }, { -1 } }))]],
        ["places apart"] = x => [x[At(0, 1), .., At(2, 0)], x.unsqueeze(0)[0, At(0, 1), 1.., At(2, 0)]],
        ["places of the batch"] = x => [x[Index(arange(x.shape[0])), Index(x.argmax(1)[.., 0].remainder(3))], x[Index(arange(x.shape[0])), 1]],
        ["slices"] = x => [x[..1], x[.., 1..], x[.., .., ^1], x[.., -2], x[TensorIndex.Ellipsis, TensorIndex.Slice(0, null, 2)], x[.., TensorIndex.Slice(-2, -1), TensorIndex.Null]],
        ["writes"] = x => Written(x, y => { y[.., 1] = 7; }),
        ["writes to the end"] = x => Written(x, y => y[TensorIndex.Ellipsis, 0] = y[TensorIndex.Ellipsis, 1] * 2),
        ["adds to a slice"] = x => Written(x, y => y[.., 1..] += 2),
        ["adds to a view"] = x => Written(x, y => y.narrow(2, 1, 2).add_(3).mul_(2)),
        ["writes with steps"] = x => Written(x, y => y[.., .., TensorIndex.Slice(0, null, 2)] = 5),
        ["writes a transposed view"] = x => Written(x, y => y.transpose(1, 2)[.., 0].zero_()),
        ["fills a row"] = x => Written(x, y => y[.., 1].fill_(4)),
        ["writes at places"] = x => Written(x, y => y[.., At(2, 0)] = x[0, 0], y => y[At(1, 0), At(2, 1)] = x[0, 0] * 2, y => y[.., At(1, 0), At(2, 1)] = x[0, 0, ..2]),
        ["writes where a mask is true"] = x => Written(x, y => y[y > 0] = tensor(1L).to(y.dtype), y => y[y[.., 0, 0] > 1] = x[0]),
        ["adds at places"] = x => Written(x, y => y.index_put_(x[0, ..2], [At(1, 1), At(0, 0)], accumulate: true)),
        ["copy_"] = x => Written(x, y => y[.., 0].copy_(x[.., 1])),
        ["the base after a view"] = x => { Tensor y = x.clone(), view = y.view(-1, 12); view[.., 2..5] = 0; y[.., 2] += 1; return [y, view, view.reshape(-1, 3, 4)]; },
    };

    public static TheoryData<string> Operations => [.. s_operations.Keys];

    [Theory]
    [MemberData(nameof(Operations))]
    public void An_operation_at_places_gives_the_same(string name) => Right(s_operations[name], ScalarType.Float32, ScalarType.Float64, ScalarType.Int64);

    [Theory]
    [InlineData("nonzero")]
    [InlineData("masked_select")]
    [InlineData("unique")]
    [InlineData("truth values between the brackets")]
    public void What_has_as_many_elements_as_are_true_is_refused(string name) => Assert.Throws<OnnxExportException>(() => Right(
        x => name switch
        {
            "nonzero" => [x.nonzero()],
            "masked_select" => [x.masked_select(x > 0)],
            "unique" => [x.unique().output],
            _ => [x[x > 0]],
        },
        ScalarType.Float32));

    private static TensorIndex At(params long[] places) => Index(tensor(places));

    private static TensorIndex Index(Tensor places) => TensorIndex.Tensor(places);

    private static Tensor[] Written(Tensor x, params Action<Tensor>[] writes)
    {
        Tensor copy = x.clone();
        foreach (Action<Tensor> write in writes)
            write(copy);
        return [copy, copy.sum(1)];
    }

    private static void Right(Func<Tensor, Tensor[]> function, params ScalarType[] types)
    {
        using IDisposable scope = NewDisposeScope();
        foreach (ScalarType type in types)
            TraceAssert.Right(new LambdaMany(x => function(cat([x, x + 2]))), (arange(1, 25).remainder(7) - 3).reshape(2, 3, 4).to(type));
    }
}
