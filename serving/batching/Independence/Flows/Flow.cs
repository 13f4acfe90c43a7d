using MnistAdder.Onnx;

namespace MnistAdder.OnnxBatching.Independence.Flows;

/// <summary>How a value of a graph depends on the rows of a batch.</summary>
internal enum FlowKind
{
    /// <summary>Not at all: it is the same whatever the rows and however many.</summary>
    Same,

    /// <summary>It is integers, some of which depend on the number of rows, as shapes do.</summary>
    Sizes,

    /// <summary>It has a part for each row, which that row alone decides on and which is what the row alone gives.</summary>
    PerRow,

    /// <summary>
    /// It is integers that say places among the rows, as those of a range up to their number do: the row's number times
    /// <see cref="Flow.Stride"/>, plus what is the row's own and what the row alone gives.
    /// </summary>
    Positions,

    /// <summary>Rows meet in it, or their number does, or chance: known to be no result of a row alone.</summary>
    Mixed,

    /// <summary>Nothing is known.</summary>
    Unknown,
}

/// <summary>What is known of a value of a graph that is run on many rows.</summary>
/// <remarks>
/// A <see cref="FlowKind.PerRow"/> value has its rows along one axis: seen as [.., outer, rows, inner, ..], where outer and inner are
/// factors of that axis' size, row i is what stands at index i of "rows". Both are 1 unless axes were merged: [batch, time, n] as
/// [batch·time, n] has inner = time, and [time, batch, n] as [time·batch, n] has outer = time.
/// </remarks>
internal sealed record Flow
{
    /// <summary>The most integers of a value that are followed one by one: shapes have few.</summary>
    public const int MostElements = 4096;

    private Flow(FlowKind kind) => Kind = kind;

    /// <summary>The kind.</summary>
    public FlowKind Kind { get; private init; }

    /// <summary>Sizes of the dimensions; null where not even their number is known.</summary>
    public Size[]? Shape { get; private init; }

    /// <summary>The axis of the rows.</summary>
    public int Axis { get; private init; }

    /// <summary>The outer factor of the axis of the rows.</summary>
    public Size Outer { get; private init; } = Size.One;

    /// <summary>The integers themselves in row-major order, where they are few and known.</summary>
    public Size[]? Elements { get; private init; }

    /// <summary>The numbers of a constant, where they are few.</summary>
    public TensorProto? Constant { get; init; }

    /// <summary>What texts of rows with fewer of them than others are filled up with at the end of the last axis.</summary>
    public string? Padding { get; init; }

    /// <summary>How far apart <see cref="FlowKind.Positions"/> of a row and the next one are.</summary>
    public Size Stride { get; private init; } = Size.One;

    /// <summary>What a row's own integers, at least 0, are known to be below; null where nothing is known.</summary>
    public Size? Below { get; init; }

    /// <summary>Whether along the last axis only the first integer is a position, and the others are the row's own.</summary>
    public bool IsTuple { get; private init; }

    /// <summary>Why it is <see cref="FlowKind.Mixed"/> or <see cref="FlowKind.Unknown"/>, a clause.</summary>
    public string? Reason { get; private init; }

    /// <summary>A value that rows have nothing to do with.</summary>
    public static Flow Same(Size[]? shape) =>
        shape is not null && Array.Exists(shape, size => size.HasRows) ? Unknown("a shape depends on the number of rows") : new(FlowKind.Same) { Shape = shape };

    /// <summary>Known integers.</summary>
    public static Flow Of(Size[] shape, Size[] elements) => new(Array.Exists(elements, element => element.HasRows) ? FlowKind.Sizes : FlowKind.Same) { Shape = shape, Elements = elements };

    /// <summary>What is known of a constant.</summary>
    public static Flow OfConstant(TensorProto tensor)
    {
        Size[] shape = [.. tensor.Dims.Select(Size.Of)];
        long count = tensor.Dims.Aggregate(1L, (product, size) => unchecked(product * size));
        if (count is < 0 or > MostElements)
            return Same(shape);
        return TensorIntegers.From(tensor) is { } integers && integers.Length == count
            ? Of(shape, [.. integers.Select(Size.Of)]) with { Constant = tensor }
            : Same(shape) with { Constant = tensor };
    }

    /// <summary>A value with rows along an axis.</summary>
    /// <param name="shape">Sizes; that of the axis is a multiple of the number of rows, and no other depends on it.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="outer">The outer factor of its size.</param>
    public static Flow PerRow(Size[] shape, int axis, Size? outer = null)
    {
        Size factor = outer ?? Size.One;
        bool isInOrder = shape[axis].DividedBy(Size.Rows * factor) is not null && !shape.Where((size, other) => other != axis && size.HasRows).Any();
        return isInOrder ? new(FlowKind.PerRow) { Shape = shape, Axis = axis, Outer = factor } : Unknown("the rows lie in another way than along one axis");
    }

    /// <summary>Places among the rows.</summary>
    /// <param name="rows">How they lie: a <see cref="FlowKind.PerRow"/> value; another one is the result.</param>
    /// <param name="stride">How far apart those of a row and the next one are.</param>
    /// <param name="below">What the rest is below.</param>
    /// <param name="isTuple">Whether only the first along the last axis is a place.</param>
    public static Flow Positions(Flow rows, Size stride, Size? below, bool isTuple = false) => rows.Kind == FlowKind.PerRow
        ? rows with { Kind = FlowKind.Positions, Stride = stride, Below = below, IsTuple = isTuple, Reason = "it numbers the rows" }
        : rows;

    /// <summary>The row's own part of integers, as they lie.</summary>
    public Flow Own => Kind == FlowKind.Positions ? PerRow(Shape!, Axis, Outer) : this with { Below = null };

    /// <summary>Integers in the places of these.</summary>
    /// <param name="integers">Positions, or a row's own integers.</param>
    public Flow Holding(Flow integers) =>
        integers.Kind == FlowKind.Positions ? Positions(this, integers.Stride, integers.Below) : Kind == FlowKind.PerRow ? this with { Below = integers.Below } : this;

    /// <summary>Whether these are the numbers of the rows, alone or as the first of tuples.</summary>
    public bool AreRowNumbers => Kind == FlowKind.Positions && Stride == Size.One && (IsTuple || Below == Size.One);

    /// <summary>A value that is no row's alone.</summary>
    public static Flow Mixed(string reason) => new(FlowKind.Mixed) { Reason = reason };

    /// <summary>A value of which nothing is known.</summary>
    public static Flow Unknown(string reason) => new(FlowKind.Unknown) { Reason = reason };

    /// <summary>The same rows in another shape of the same number of dimensions.</summary>
    public Flow WithShape(Size[] shape) => Kind == FlowKind.PerRow ? PerRow(shape, Axis, Outer) : Same(shape);

    /// <summary>How often each row's part repeats before the next outer one: the product of all sizes before the rows.</summary>
    public Size Before => Size.Product(Shape!.Take(Axis)) * Outer;

    /// <summary>Whether two values have their rows along axes of the same size and factors.</summary>
    public bool HasRowsAs(Flow other) => Outer == other.Outer && Shape![Axis] == other.Shape![other.Axis];

    /// <summary>What is known of a value that is one of two.</summary>
    /// <param name="other">The other one.</param>
    /// <param name="name">A name for sizes in which they differ.</param>
    public Flow Join(Flow other, string name)
    {
        if (Kind == FlowKind.Mixed || other.Kind == FlowKind.Mixed)
            return Kind == FlowKind.Mixed ? this : other;
        if (Kind == FlowKind.Unknown || other.Kind == FlowKind.Unknown)
            return Kind == FlowKind.Unknown ? this : other;
        if (IsLike(other))
            return this;
        if (Kind == FlowKind.Same && other.Kind == FlowKind.Same)
            return Same(Shape?.Length == other.Shape?.Length ? JoinShapes(other, name) : null);
        if (Kind == FlowKind.PerRow && other.Kind == FlowKind.PerRow && Shape!.Length == other.Shape!.Length && Axis == other.Axis && HasRowsAs(other) && Padding == other.Padding)
            return PerRow(JoinShapes(other, name)!, Axis, Outer) with { Padding = Padding };
        return Unknown($"'{name}' is one of two values of different kinds");
    }

    /// <summary>Whether the same is known of both.</summary>
    public bool IsLike(Flow other) =>
        Kind == other.Kind && Axis == other.Axis && Outer == other.Outer && Padding == other.Padding && Equals(Constant, other.Constant) && Stride == other.Stride && Below == other.Below && IsTuple == other.IsTuple
        && AreEqual(Shape, other.Shape) && AreEqual(Elements, other.Elements);

    private Size[]? JoinShapes(Flow other, string name) =>
        Shape is null ? null : [.. Shape.Zip(other.Shape!, (mine, theirs) => (mine, theirs)).Select((pair, axis) => pair.mine == pair.theirs ? pair.mine : Size.Dimension($"{name}:{axis}"))];

    private static bool AreEqual(Size[]? left, Size[]? right) => left is null ? right is null : right is not null && left.AsSpan().SequenceEqual(right);
}
