using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Tracing;

public sealed class MatrixOperationTests
{
    // Of tensors [batch, 3, 4].
    private static readonly Dictionary<string, Func<Tensor, Tensor[]>> s_products = new()
    {
        ["matmul"] = x => [x.matmul(x.mT), x[0].matmul(x[1].mT), matmul(x, ones(4, 5, x.dtype)), x.matmul(ones(4, x.dtype)), ones(3, x.dtype).matmul(x), x.unsqueeze(1).matmul(x[0].t())],
        ["mm"] = x => [x[0].mm(x[1].t()), mm(x[1].t(), x[0])],
        ["bmm"] = x => [x.bmm(x.transpose(1, 2)), bmm(x.mT, x)],
        ["mv"] = x => [x[0].mv(x[1, 2]), mv(x[0], x[0, 0])],
        ["dot"] = x => [x[0, 0].dot(x[1, 1]), x[0, 0].vdot(x[1, 2])],
        ["inner"] = x => [x[0, 0].inner(x[0, 1]), x.inner(x[0]), inner(x, x)],
        ["outer"] = x => [x[0, 0].outer(x[0, 1]), outer(x.sum(1).sum(1), x[0, 0])],
        ["addmm"] = x => [x[0].mm(x[0].t()).addmm(x[0], x[1].t(), 0.5f, 2), addmm(ones(3, x.dtype), x[0], x[1].t(), 1, 1)],
        ["addbmm"] = x => [ones(3, 3, x.dtype).addbmm(x, x.mT, 2, 3)],
        ["baddbmm"] = x => [x.baddbmm(x.mT, ones(1, 3, 3, x.dtype), 2, 3), baddbmm(x, x.mT, x.bmm(x.mT))],
        ["addmv"] = x => [ones(3, x.dtype).addmv(x[0], x[0, 0], 2, 3)],
        ["addr"] = x => [x[0].addr(x[1].sum(1), x[0, 0], 2, 3)],
        ["nothing of what is no number"] = x => [x.baddbmm(x.mT, x.bmm(x.mT) / 0, 0, 1)],
        ["multi_dot"] = x => [linalg.multi_dot([x[0], x[1].t(), x[0]])],
        ["matrix_power"] = x => [x.bmm(x.mT).matrix_power(3)],
        ["tensordot"] = x => [tensordot(x, x, [1, 2], [1, 2]), x.tensordot(x[0], [2], [1]), tensordot(x, x, [(1L, 1L), (2L, 2L)])],
        ["einsum"] = x => [einsum("bij,bkj->bik", x, x), einsum("bij,bij->b", x, x), einsum("...ij -> ...ji", x), einsum("bii->bi", x.matmul(x.mT)), einsum("bij,jk", x, ones(4, 2, x.dtype))],
        ["vecdot"] = x => [linalg.vecdot(x, x), linalg.vecdot(x, x[0], 1)],
        ["kron"] = x => [x[0].kron(x[1]), kron(x[0, 0], x[1]), x.kron(x[0])],
        ["cross"] = x => [linalg.cross(x, x.flip(1), 1), linalg.cross(x.mT, x.mT.flip(1))],
        ["trace"] = x => [x[0].trace()],
        ["cdist"] = x => [cdist(x, x.flip(1)), cdist(x, x[0], 1), cdist(x[0], x[1], double.PositiveInfinity)],
        ["operator"] = x => [x.mT.matmul(x) * 2 - 1],
    };

    private static readonly Dictionary<string, Func<Tensor, Tensor[]>> s_diagonals = new()
    {
        ["tril"] = x => [x.tril(), x.tril(1), tril(x, -1)],
        ["triu"] = x => [x.triu(), x.triu(1), triu(x, -1)],
        ["diagonal"] = x => [x.diagonal(0, 1, 2), x.diagonal(1, -1, 1), x.diagonal(-2, 1, 2), x.diagonal()],
        ["diag"] = x => [x[0].diag(), x[0].diag(-1), x[0, 0].diag(), x[0, 0].diag(2), diag(x[0, 0], -1)],
        ["diagflat"] = x => [x[0].diagflat(), x.diagflat(1)],
        ["diag_embed"] = x => [x.diag_embed(), x.diag_embed(1), x.diag_embed(-2, 0, 2), x.diag_embed(0, 1, 0)],
        ["a causal mask"] = x => [x.masked_fill(x.new_ones(3, 4).triu(1).to(ScalarType.Bool), -5)],
    };

    public static TheoryData<string> Products => [.. s_products.Keys];

    public static TheoryData<string> Diagonals => [.. s_diagonals.Keys];

    [Theory]
    [MemberData(nameof(Products))]
    public void A_product_gives_the_same(string name)
    {
        Right(s_products[name], ScalarType.Float32, ScalarType.Float64);
        if (name is not ("cdist" or "vecdot" or "addr" or "nothing of what is no number" or "addmm"))
            Right(s_products[name], ScalarType.Int64);
    }

    [Theory]
    [MemberData(nameof(Diagonals))]
    public void A_triangle_or_diagonal_gives_the_same(string name) =>
        Right(s_diagonals[name], ScalarType.Float32, ScalarType.Float64, ScalarType.Int64, ScalarType.Bool, ScalarType.Int16);

    [Fact]
    public void Matrices_of_dynamic_sizes_have_diagonals() => TraceAssert.Right(
        new LambdaMany(x => [x.diagonal(0, 0, 1), x.diagonal(1, 0, 1), x.tril(), x.sum(1).diag()]), rand(3, 4));

    private static void Right(Func<Tensor, Tensor[]> function, params ScalarType[] types)
    {
        using IDisposable scope = NewDisposeScope();
        foreach (ScalarType type in types)
            TraceAssert.Right(new LambdaMany(function), [(arange(1, 37).remainder(7) - 3).reshape(3, 3, 4).to(type)], new OnnxTraceOptions { DynamicDimensions = [] }, 1e-4);
        foreach (ScalarType type in types)
            TraceAssert.Right(new LambdaMany(x => function(cat([x, x]))), (arange(1, 25).remainder(7) - 3).reshape(2, 3, 4).to(type));
    }
}
