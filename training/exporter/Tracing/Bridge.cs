using System.Collections;
using System.Reflection;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>Lends followed code to code that isn't followed, such as LINQ: what that calls back runs as a copy.</summary>
internal static class Bridge
{
    private static readonly MethodInfo s_wrap = typeof(Bridge).GetMethod(nameof(Wrap), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>Whether a parameter takes objects to be gone through one by one.</summary>
    public static bool IsSequence(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEnumerable<>);

    /// <summary>An argument as code that isn't followed may have it.</summary>
    /// <param name="tracer">Follows what is called back.</param>
    /// <param name="argument">The argument.</param>
    /// <param name="parameter">The type that it is passed as.</param>
    public static object? Argument(CodeTracer tracer, object? argument, Type parameter)
    {
        if (argument is Delegate function)
            return Function(tracer, function);
        if (argument is not null && IsSequence(parameter) && CodeFacts.UsesTorch(argument.GetType()) && !CodeFacts.IsTorch(argument.GetType()))
            return s_wrap.MakeGenericMethod(parameter.GetGenericArguments()).Invoke(null, [tracer, argument]);
        return argument;
    }

    private static Delegate Function(CodeTracer tracer, Delegate function)
    {
        if (function.GetInvocationList() is not [var only] || only.Method.DeclaringType is null || !CodeFacts.UsesTorch(only.Method))
            return function;
        return tracer.MakeDelegate(function.GetType(), only.Method, only.Target, new CodePlace(only.Method, 0));
    }

    private static Sequence<T> Wrap<T>(CodeTracer tracer, IEnumerable<T> source) => new(tracer, source);

    // A sequence of one's own, such as an iterator method's, each step of which is followed.
    private sealed class Sequence<T>(CodeTracer tracer, IEnumerable<T> source) : IEnumerable<T>
    {
        private static readonly MethodInfo s_begin = typeof(IEnumerable<T>).GetMethod(nameof(IEnumerable<>.GetEnumerator))!;
        private static readonly MethodInfo s_move = typeof(IEnumerator).GetMethod(nameof(IEnumerator.MoveNext))!;
        private static readonly MethodInfo s_current = typeof(IEnumerator<T>).GetProperty(nameof(IEnumerator<>.Current))!.GetMethod!;
        private static readonly MethodInfo s_end = typeof(IDisposable).GetMethod(nameof(IDisposable.Dispose))!;

        public IEnumerator<T> GetEnumerator()
        {
            object steps = Call(s_begin, source)!;
            try
            {
                while ((bool)Call(s_move, steps)!)
                    yield return (T)Call(s_current, steps)!;
            }
            finally
            {
                Call(s_end, steps);
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private object? Call(MethodInfo method, object self) =>
            tracer.Run(new CallSite(method, CallKind.Virtual, new CodePlace(method, 0)), [self]);
    }
}
