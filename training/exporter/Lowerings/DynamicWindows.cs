namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>The windows that axes are covered with as evenly as can be, computed in the model: how many lines there are, or windows, is dynamic.</summary>
/// <remarks>All have as many places as the largest; a smaller one has the last line of an axis again.</remarks>
internal sealed class DynamicWindows
{
    private readonly OnnxGraph _graph;
    private readonly OnnxValue _taken; // [N,C,windows of each axis…,places]
    private readonly OnnxValue _places; // of the plane whose axes are one, [windows of each axis…,places]
    private readonly OnnxValue _isAgain; // whether a place is there for the second time

    /// <param name="graph">The graph.</param>
    /// <param name="value">What they cover, [N,C,axes…].</param>
    /// <param name="counts">For each axis how many windows there are, int64 [1].</param>
    public DynamicWindows(OnnxGraph graph, OnnxValue value, IReadOnlyList<OnnxValue> counts)
    {
        _graph = graph;
        (_places, _isAgain) = Lines(graph.Shape(value, 2, 3), counts[0]);
        for (int i = 1; i < counts.Count; i++)
        {
            OnnxValue size = graph.Shape(value, i + 2, i + 3);
            (OnnxValue lines, OnnxValue isAgain) = Lines(size, counts[i]);
            _places = Crossed(graph.Mul(_places, size), lines, graph.Add);
            _isAgain = Crossed(_isAgain, isAgain, (one, other) => graph.Binary("Or", one, other));
        }

        _taken = graph.Gather(graph.Reshape(value, 0, 0, -1), _places, 2);
    }

    private int Last => _taken.Rank!.Value - 1;

    /// <summary>The average of each window.</summary>
    public OnnxValue Average()
    {
        OnnxValue sum = _graph.Reduce("ReduceSum", _graph.Where(_isAgain, 0, _taken), [Last], keeps: false);
        OnnxValue ones = _graph.Cast(_graph.Elementwise("Not", _isAgain), _taken.ElementType);
        return _graph.Div(sum, _graph.Reduce("ReduceSum", ones, [_places.Rank!.Value - 1], keeps: false));
    }

    /// <summary>The greatest element of each window, and where in the plane it is.</summary>
    public OnnxValue[] Greatest()
    {
        OnnxValue all = _graph.Expand(_places, _graph.Shape(_taken), Last + 1);
        OnnxValue number = _graph.ArgMax(_taken, keepDimension: true);
        OnnxValue place = _graph.AddNode("GatherElements", [all, number], [OnnxAttribute.Int("axis", Last)], rank: Last + 1);
        return [_graph.Reduce("ReduceMax", _taken, [Last], keeps: false), _graph.Squeeze(place, Last)];
    }

    // Windows begin at ⌊i·size/count⌋ and end before ⌈(i+1)·size/count⌉.
    private (OnnxValue Lines, OnnxValue IsAgain) Lines(OnnxValue size, OnnxValue count)
    {
        OnnxValue windows = _graph.Numbers(count);
        OnnxValue start = _graph.Div(_graph.Mul(windows, size), count); // [windows]
        OnnxValue stop = _graph.Div(_graph.Add(_graph.Mul(_graph.Add(windows, 1), size), _graph.Sub(count, 1)), count);
        OnnxValue length = _graph.Sub(stop, start);
        OnnxValue numbers = _graph.Numbers(_graph.Reduce("ReduceMax", length, [0], keeps: true)); // [lines of the longest]
        OnnxValue lines = _graph.Add(_graph.Unsqueeze(start, 1), numbers);
        return (_graph.Extreme("Min", lines, _graph.Unsqueeze(_graph.Sub(stop, 1), 1)), _graph.Compare("GreaterOrEqual", numbers, _graph.Unsqueeze(length, 1)));
    }

    // [windows…,places] and [windows,lines] → [windows…,windows,places,lines] → [windows…,windows,places·lines]
    private OnnxValue Crossed(OnnxValue places, OnnxValue lines, Func<OnnxValue, OnnxValue, OnnxValue> with)
    {
        int rank = places.Rank!.Value;
        OnnxValue crossed = with(_graph.Unsqueeze(places, rank - 1, rank + 1), _graph.Unsqueeze(lines, 1));
        return _graph.Reshape(crossed, [.. new long[rank], -1]);
    }
}
