namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>The windows of a plane that <c>unfold</c> takes and <c>fold</c> puts back.</summary>
internal sealed class PlaneWindows
{
    private readonly OnnxGraph _graph;
    private readonly long[] _kernel;
    private readonly long[] _dilation;
    private readonly long[] _padding;
    private readonly long[] _stride;
    private readonly long[] _size;

    /// <param name="operation">The operation, whose arguments say what the windows are.</param>
    /// <param name="height">The plane's height.</param>
    /// <param name="width">The plane's width.</param>
    public PlaneWindows(Operation operation, long height, long width)
    {
        _graph = operation.Graph;
        _kernel = operation.PerDimension(2, 1, "kernel_size");
        _dilation = operation.PerDimension(2, 1, "dilation");
        _padding = operation.PerDimension(2, 0, "padding");
        _stride = operation.PerDimension(2, 1, "stride");
        _size = [height, width];
    }

    /// <summary>The plane's height with the padding.</summary>
    public long PaddedHeight => _size[0] + (2 * _padding[0]);

    /// <summary>The plane's width with the padding.</summary>
    public long PaddedWidth => _size[1] + (2 * _padding[1]);

    /// <summary>For each row of a window, the rows of the padded plane that it falls on, [h,oh].</summary>
    public OnnxValue Rows() => Constant(0);

    /// <summary>For each column of a window, the columns of the padded plane that it falls on, [w,ow].</summary>
    public OnnxValue Columns() => Constant(1);

    /// <summary>Where in the padded plane each element of each window is, [h·w·oh·ow].</summary>
    public long[] Places() =>
    [
        .. from row in Lines(0)
           from column in Lines(1)
           from y in row
           from x in column
           select (y * PaddedWidth) + x,
    ];

    /// <summary>Puts zeros around the plane.</summary>
    public OnnxValue WithPadding(Operation operation, OnnxValue value)
    {
        if (_padding is [0, 0])
            return value;
        long[] pads = [.. new long[operation.Rank - 2], .. _padding];
        return _graph.AddNode("Pad", [value, _graph.Int64s("pads", [.. pads, .. pads])], rank: operation.Rank);
    }

    /// <summary>Takes away what lies around the plane.</summary>
    public OnnxValue WithoutPadding(Operation operation, OnnxValue value)
    {
        for (int i = 0; i < 2; i++)
        {
            if (_padding[i] > 0)
                value = Slicing.Part(operation, value, 2 + i, operation.Fixed(_padding[i]), operation.Fixed(_padding[i] + _size[i]));
        }

        return value;
    }

    // For each line of a window, the line of the padded plane in each window.
    private long[][] Lines(int axis)
    {
        long count = ((_size[axis] + (2 * _padding[axis]) - (_dilation[axis] * (_kernel[axis] - 1)) - 1) / _stride[axis]) + 1;
        return
        [
            .. PixelOperations.Numbers(_kernel[axis]).Select(line =>
                PixelOperations.Numbers(count).Select(window => (window * _stride[axis]) + (line * _dilation[axis])).ToArray()),
        ];
    }

    private OnnxValue Constant(int axis)
    {
        long[][] lines = Lines(axis);
        return _graph.Constant(OnnxTensor.Of<long>([.. lines.SelectMany(line => line)], lines.Length, lines[0].Length), axis == 0 ? "rows" : "columns");
    }
}
