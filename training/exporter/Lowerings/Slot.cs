namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>What a tensor of the trace is in the graph at the moment that has been reached.</summary>
/// <remarks>
/// A graph's values never change. A method that works in place gives the tensor's slot another value; if the tensor is a view, the slot of what it
/// is a view of gets one too, and other views are made again from that when they are used next.
/// </remarks>
internal sealed class Slot(Lazy<OnnxValue> value)
{
    private Lazy<OnnxValue> _value = value;
    private Slot? _source;
    private Func<OnnxValue, OnnxValue>? _derive;
    private Func<OnnxValue, OnnxValue, OnnxValue>? _back;
    private int _version;
    private int _seen;

    /// <summary>The slot of the tensor whose elements it shares, or itself.</summary>
    public Slot Root => _source?.Root ?? this;

    /// <summary>For a tensor that was there before the module ran, its value then.</summary>
    public Lazy<OnnxValue>? Before { get; private init; }

    /// <summary>A slot of a tensor that was there before the module ran.</summary>
    public static Slot Kept(Lazy<OnnxValue> value) => new(value) { Before = value };

    /// <summary>Says that the tensor shares another's elements.</summary>
    /// <param name="source">The other.</param>
    /// <param name="derive">Makes the view of a value of the other.</param>
    /// <param name="back">Gives the other's value with a new one of the view in it, from the other's old value.</param>
    public void IsViewOf(Slot source, Func<OnnxValue, OnnxValue> derive, Func<OnnxValue, OnnxValue, OnnxValue> back)
    {
        source.Current();
        _source = source;
        _seen = source._version;
        _derive = derive;
        _back = back;
    }

    /// <summary>The value now.</summary>
    public Lazy<OnnxValue> Current()
    {
        if (_source is { } source)
        {
            Lazy<OnnxValue> from = source.Current();
            if (_seen != source._version)
            {
                _seen = source._version;
                _version++;
                _value = new Lazy<OnnxValue>(() => _derive!(from.Value));
            }
        }

        return _value;
    }

    /// <summary>Gives the tensor another value.</summary>
    public void Write(Lazy<OnnxValue> value)
    {
        if (_source is { } source)
        {
            Lazy<OnnxValue> old = source.Current();
            source.Write(new Lazy<OnnxValue>(() => _back!(old.Value, value.Value)));
            _seen = source._version;
        }

        _value = value;
        _version++;
    }
}
